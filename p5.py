from u import *
s=sess(); urls=json.load(open('urls.json'))
s.go(urls['_settle'])
s.js("document.querySelector('[name=ended][value=succeeded]').click();document.querySelector('[name=reason]').value='InTouch desk, call with Anna 14:10: done, ref 77';[...document.querySelectorAll('form[action$=settle] button')].pop().click()"); time.sleep(1)
print('SETTLED',s.url(),main(s)[:1500]); s.shot('settled')
s.go(urls['_settle']); print('RUNPAGE2',main(s)[:1200]); s.shot('settled-runpage')
s.back(); time.sleep(.3); s.back(); time.sleep(.5); print('BACK',s.url())
# stale resettle via fetch
print('RESETTLE', s.js("""const r=await fetch(arguments[0]+'/settle',{method:'POST',headers:{'Content-Type':'application/x-www-form-urlencoded'},body:'ended=failed&reason=other'});const t=await r.text();const d=new DOMParser().parseFromString(t,'text/html');return r.status+' '+r.url+' '+d.querySelector('main').innerText.replace(/\\s+/g,' ').slice(0,500)""",urls['_settle']))
# settle as not carried out, without reason first
u=urls['T-500 sim:500']; s.go(u); l=s.js("return [...document.querySelectorAll('a')].filter(a=>/Say how/.test(a.innerText)).map(a=>a.href)")[0]
s.go(l); s.js("document.querySelector('[name=ended][value=failed]').click();document.querySelector('form[action$=settle]').noValidate=true;[...document.querySelectorAll('form[action$=settle] button')].pop().click()"); time.sleep(.6)
print('NOREASON',main(s)[:700]); s.shot('settle-noreason')
# wf
s.go(urls['wf']+'/actions/run_workflow'); s.js("document.querySelector('[name$=workflow]').selectedIndex=3;[...document.querySelectorAll('main button[name=_branch]')].pop().click()"); time.sleep(.7)
s.js("document.querySelector('[name$=idNumber]').value='8001015009087';[...document.querySelectorAll('main form button')].pop().click()"); time.sleep(1.2)
print('WF',s.url(),main(s).split('Actions\nAuth')[0]); print(re.findall(r'Run Workflow\n.*\n.*\n.*',main(s))); s.shot('wf-waiting')
L=s.js("return [...document.querySelectorAll('main a')].filter(a=>/runs\\//.test(a.href)).map(a=>a.innerText+' '+a.href)"); print(L)
if L: s.go(L[0].split()[-1]); print('WFRUN',main(s)); s.shot('wf-runpage')
